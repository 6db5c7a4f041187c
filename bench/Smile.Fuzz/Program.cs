using System.Globalization;
using System.Runtime.CompilerServices;
using Smile.Fuzz;

if (args.Any(arg => arg is "--help" or "-h" or "-?") || args is ["help", ..])
{
    Usage(Console.Out);
    return 0;
}

return args switch
{
    ["run", .. var rest] => Fuzz(rest),
    ["check", .. { Length: > 0 } files] => FuzzCheck.Run(files),
    ["seeds", var folder] => FuzzCheck.WriteSeeds(folder),
    _ => Usage(Console.Error),
};

// The readers' assemblies are loaded when a method that names them is compiled: not before they are instrumented.
static int Fuzz(string[] args)
{
    Coverage.Instrument();
    return Instrumented(args);
}

[MethodImpl(MethodImplOptions.NoInlining)]
static int Instrumented(string[] args)
{
    string faults = Text(args, "--faults", "fuzz-faults"), folder = Directory.CreateTempSubdirectory("smile-fuzz-").FullName;
    Directory.CreateDirectory(faults);
    return FuzzCheck.Fuzz(folder, faults, ulong.Parse(Text(args, "--seed", "1"), CultureInfo.InvariantCulture),
        long.Parse(Text(args, "--inputs", "200000"), CultureInfo.InvariantCulture),
        Text(args, "--from", ""), Text(args, "--corpus", ""), int.Parse(Text(args, "--keep", "2000"), CultureInfo.InvariantCulture));
}

static string Text(string[] args, string name, string otherwise) =>
    Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : otherwise;

static int Usage(TextWriter to)
{
    to.WriteLine("""
        Smile.Fuzz COMMAND
          run [--inputs N] [--seed S] [--faults DIR] [--from CORPUS,...] [--corpus FILE] [--keep N]
                        damages N inputs (200000), guided by the code that they reach; what breaks a rule is written to DIR, exit code 6;
                        the inputs that reach the most, N of them (2000), go to FILE
          check FILE... runs a corpus (.br), or single inputs as run writes them (NUMBER-KIND)
          seeds DIR     writes the sound files that run starts from
        """);
    return 2;
}
