using System.Reflection;

namespace Smile.Net;

/// <summary>The version of this program: of the package, and of what runs and models say they were made by.</summary>
public static class SmileVersion
{
    /// <summary>As in <c>0.2.0+COMMIT</c>; without the commit where it was built outside a checkout.</summary>
    public static string Text { get; } =
        typeof(SmileVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
