using Smile.Ladder;

return LadderCommand.Run(args, LadderCommand.Barred, Console.Out, Console.Error);
