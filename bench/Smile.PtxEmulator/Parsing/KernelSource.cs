namespace Smile.PtxEmulator.Parsing;

/// <summary>An entry point as written: statements, labels and the sizes of its variables.</summary>
internal sealed class KernelSource(string name)
{
    public string Name { get; } = name;

    public List<Statement> Statements { get; } = [];

    /// <summary>Label to the index of the statement that follows it.</summary>
    public Dictionary<string, int> Labels { get; } = [];

    public List<Variable> Registers { get; } = [];

    /// <summary>Parameters in order; Index is the offset in the packed buffer.</summary>
    public List<Variable> Parameters { get; } = [];

    public int ParameterBytes { get; set; }

    public int SharedBytes { get; set; }

    /// <summary>
    /// Offset of .extern .shared memory, whose size the launch gives and whose variable has no bytes; -1 where there is none.
    /// </summary>
    public int DynamicShared { get; set; } = -1;

    public int LocalBytes { get; set; }

    /// <summary>Largest block by .maxntid or .reqntid; 1024 where neither stands.</summary>
    public int MaxThreads { get; set; } = 1024;

    public IReadOnlyDictionary<int, string> Files { get; set; } = new Dictionary<int, string>();
}
