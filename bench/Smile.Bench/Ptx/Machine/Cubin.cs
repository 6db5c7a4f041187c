using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Smile.Bench.Ptx.Machine;

/// <summary>A kernel as ptxas compiled it.</summary>
/// <param name="File">The whole file, ELF of 64 bits.</param>
/// <param name="Code">Its machine code.</param>
/// <param name="Registers">32-bit registers of a thread.</param>
/// <param name="StackBytes">Of a thread.</param>
/// <param name="SpillBytes">Bytes of registers stored to local memory for want of others, and loaded again.</param>
/// <param name="SharedBytes">Static shared memory of a block.</param>
/// <param name="ParameterBytes">What a launch has to pass.</param>
/// <param name="Warnings">What ptxas warned of.</param>
internal sealed partial record Cubin(byte[] File, byte[] Code, int Registers, int StackBytes, int SpillBytes, int SharedBytes,
    int ParameterBytes, IReadOnlyList<string> Warnings)
{
    // Attributes of .nv.info.<kernel>: a form, a number, then two bytes, of the form "sized" so many more after them.
    private const byte SizedAttribute = 4, ParameterSize = 0x19;

    /// <summary>Reads what ptxas has written.</summary>
    /// <param name="file">A module with one kernel.</param>
    /// <param name="log">What it said with -v.</param>
    /// <exception cref="InvalidDataException">The file or the text is not of the form that is known.</exception>
    public static Cubin Read(byte[] file, string log)
    {
        (string Name, byte[] Bytes)[] sections = [.. Sections(file)];
        return new Cubin(file, Section(".text."), Number(UsedRegisters(), log), Number(Stack(), log),
            Number(SpillStores(), log) + Number(SpillLoads(), log), SharedMemory().IsMatch(log) ? Number(SharedMemory(), log) : 0,
            ParametersOf(Section(".nv.info.")), [.. log.Split('\n').Where(line => line.Contains("arning", StringComparison.Ordinal))]);

        byte[] Section(string prefix) =>
            sections.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(s => s.Bytes).ToArray() is [var only]
                ? only
                : throw new InvalidDataException($"The machine code has not one section {prefix}*, as a module with one kernel has.");
    }

    /// <summary>System V ABI, "Sections": the table's place at 0x28, its entries of 64 bytes, the names' section at 0x3E.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Sections(byte[] file)
    {
        if (file.Length < 64 || !file.AsSpan().StartsWith("\x7F"u8) || file[4] != 2)
            throw new InvalidDataException("The machine code is no ELF file of 64 bits.");
        int table = (int)Long(0x28), count = Short(0x3C), names = (int)Long(table + (64 * Short(0x3E)) + 0x18);
        for (int at = table; at < table + (64 * count); at += 64)
        {
            int name = names + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)), end = Array.IndexOf(file, (byte)0, name);
            const uint NoBits = 8; // takes no place in the file
            byte[] bytes = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4)) == NoBits
                ? []
                : file.AsSpan((int)Long(at + 0x18), (int)Long(at + 0x20)).ToArray();
            yield return (Encoding.ASCII.GetString(file, name, end - name), bytes);
        }

        long Long(int at) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
        int Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));
    }

    private static int ParametersOf(byte[] attributes)
    {
        for (int at = 0; at + 4 <= attributes.Length;)
        {
            int value = BinaryPrimitives.ReadUInt16LittleEndian(attributes.AsSpan(at + 2));
            if (attributes[at + 1] == ParameterSize)
                return value;
            at += attributes[at] == SizedAttribute ? 4 + value : 4;
        }

        throw new InvalidDataException("The machine code does not say what its parameters take.");
    }

    private static int Number(Regex pattern, string log) => pattern.Match(log) is { Success: true } match
        ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : throw new InvalidDataException($"ptxas does not say '{pattern}': {log}");

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex UsedRegisters();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedMemory();
}
