using Smile.Net;
using Smile.Net.Settings;

namespace Smile.Bench.Pictures;

/// <summary><c>settings</c>: the tables of docs/settings.md, made from the code.</summary>
internal static class SettingsCommand
{
    /// <summary>0; the page's tables are written anew.</summary>
    public static int Run(string page)
    {
        AtomicFile.WriteText(page, SettingsPage.With(File.ReadAllText(page)));
        Console.WriteLine($"Written to {page}");
        return 0;
    }
}
