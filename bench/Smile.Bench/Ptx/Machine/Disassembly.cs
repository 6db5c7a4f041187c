using System.Globalization;
using System.Text.RegularExpressions;

namespace Smile.Bench.Ptx.Machine;

/// <summary>A kernel's machine code, read from what nvdisasm writes with <c>-hex -c --print-line-info-ptx</c>.</summary>
/// <param name="Code">The instructions, in the order of their addresses.</param>
/// <param name="Labels">Index of the instruction behind each label.</param>
internal sealed partial record Disassembly(IReadOnlyList<MachineInstruction> Code, IReadOnlyDictionary<string, int> Labels)
{
    /// <summary>Reads the text.</summary>
    /// <exception cref="InvalidDataException">It holds no instruction: it is of a form that is not known.</exception>
    public static Disassembly Read(string text)
    {
        var code = new List<MachineInstruction>();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        int ptxLine = 0;
        foreach (string line in text.Split('\n'))
        {
            if (PtxLine().Match(line) is { Success: true } from)
                ptxLine = int.Parse(from.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            else if (Label().Match(line) is { Success: true } label)
                labels[label.Groups[1].Value] = code.Count;
            else if (Instruction().Match(line) is { Success: true } it)
                code.Add(new MachineInstruction(int.Parse(it.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    it.Groups[2].Value, it.Groups[3].Value.Trim(), ptxLine, 0));
            else if (code.Count > 0 && UpperBits().Match(line) is { Success: true } bits)
                code[^1] = code[^1] with { Control = ulong.Parse(bits.Groups[1].ValueSpan, NumberStyles.HexNumber, null) };
        }

        return code.Count > 0 ? new Disassembly(code, labels) : throw new InvalidDataException("nvdisasm has written no instruction.");
    }

    /// <summary>
    /// The most bytes that a warp's loads of global memory have on the way before one of them is waited for, in a stretch of the code that
    /// is gone through from end to end; copies to shared memory, which a loop waits for one round or more later, all count.
    /// </summary>
    public static int BytesInFlight(IEnumerable<MachineInstruction> stretch)
    {
        int most = 0, copies = 0;
        int[] pending = new int[MachineInstruction.NoBarrier + 1];
        foreach (MachineInstruction instruction in stretch)
        {
            for (int barrier = 0; barrier < MachineInstruction.NoBarrier; barrier++)
                if ((instruction.WaitsFor >> barrier & 1) != 0)
                    pending[barrier] = 0;
            if (instruction.Operation == "LDGSTS")
                copies += instruction.LoadBytes;
            else
                pending[instruction.SetsBarrier] += instruction.LoadBytes;
            most = Math.Max(most, pending.Sum() + copies);
        }

        return most;
    }

    [GeneratedRegex("""^\s*//## File ".*", line (\d+)""")]
    private static partial Regex PtxLine();

    [GeneratedRegex(@"^\s*([.$][\w$.]+):\s*$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s*/\*([0-9a-f]{4,})\*/\s+(?:(@!?U?P\w+)\s+)?(\S.*?)\s*;")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^\s*/\* 0x([0-9a-f]{16}) \*/\s*$")]
    private static partial Regex UpperBits();
}
