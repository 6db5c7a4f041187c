using System.CommandLine;
using Smile.Host.Cli;
using Smile.Kernels.Backend;

namespace Smile.Host.Commands;

/// <summary><c>smile devices</c>: what it would run on, and why not on the others.</summary>
internal static class DevicesCommand
{
    public static Command Create(Session session)
    {
        var command = new Verb("devices", "Lists what Smile can compute on, best first, and why not on the rest.")
        {
            Examples = "smile devices",
        };
        command.SetAction(_ => Run(session));
        return command;
    }

    private static int Run(Session session)
    {
        var table = new TextTable("--device", "usable", "what it is, or why not");
        foreach (var device in Backends.List())
        {
            string what = device.Available ? device.Description : $"{device.Description}: {device.Reason}";
            table.Add(device.Name, device.Available ? "yes" : "no", what);
        }

        session.Out.Write(table);
        return ExitCodes.Done;
    }
}
