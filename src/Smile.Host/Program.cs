using Smile.Host.Cli;
using Smile.Host.Commands;

using var interruption = Interruption.Listen();
return SmileProgram.Run(args, Console.Out, Console.Error, interruption, live: !Console.IsErrorRedirected);
