using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Smile.Net.Tracing;

/// <summary>Named spans of time, nested, which a tool such as nsys shows; where there is none they are a comparison with null.</summary>
internal static class Ranges
{
    private static readonly ConcurrentDictionary<string, nint> _names = new(StringComparer.Ordinal);

    /// <summary>Who listens; null: nobody. Tests put another here.</summary>
    public static NvtxTool? Tool { get; set; } = NvtxTool.Open(Environment.GetEnvironmentVariable(NvtxTool.Variable));

    /// <summary>A range's name, as the tool wants it: made once, for entering allocates nothing.</summary>
    public static RangeName Name(string name) =>
        Tool is null ? default : new RangeName(_names.GetOrAdd(name, Marshal.StringToCoTaskMemUTF8));

    /// <summary>Begins a range, which ends with what is given back.</summary>
    public static Range Enter(RangeName name)
    {
        NvtxTool? tool = name.Text == 0 ? null : Tool;
        tool?.Push(name.Text);
        return new Range(tool);
    }

    /// <summary>A range that has begun.</summary>
    internal readonly ref struct Range(NvtxTool? tool)
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => tool?.Pop();
    }
}

/// <summary>See <see cref="Ranges.Name"/>.</summary>
/// <param name="Text">UTF-8, ends with 0; 0: nobody listened when it was made.</param>
internal readonly record struct RangeName(nint Text);
