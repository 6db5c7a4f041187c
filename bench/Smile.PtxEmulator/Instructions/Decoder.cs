using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Parsing;

namespace Smile.PtxEmulator.Instructions;

/// <summary>Statements to a program: every form is resolved once, before anything runs.</summary>
internal static class Decoder
{
    private static readonly Dictionary<string, Func<Form, Instruction>> _forms = new IReadOnlyDictionary<string, Func<Form, Instruction>>[]
    {
        Arithmetic.Forms, SpecialFunctions.Forms, Comparisons.Forms, Moves.Forms, Conversions.Forms, Memory.Forms, Synchronisation.Forms,
            TensorCore.Forms, AsyncCopy.Forms,
    }.SelectMany(forms => forms).ToDictionary();

    public static KernelProgram Decode(KernelSource source)
    {
        var layout = new RegisterLayout();
        Reg[] registers = [.. source.Registers.Select(r => layout.Declare(r.Name, r.Type.Size()))];
        Instruction[] code = [.. source.Statements.Select(statement => Decode(statement, source, layout, registers))];
        for (int i = 0; i < code.Length; i++)
            code[i].Index = i;
        if (code.Length == 0 || code[^1] is not (ExitInstruction or BranchInstruction) || code[^1].Guard.Reg != Reg.None)
            throw new PtxException(PtxFault.Syntax, code.LastOrDefault()?.Line ?? 0, $"the kernel {source.Name} runs past its end");
        foreach (BranchInstruction branch in code.OfType<BranchInstruction>())
        {
            branch.Target = source.Labels.TryGetValue(branch.Label, out int target) && target < code.Length
                ? target
                : throw branch.Refuse(PtxFault.Syntax, $"there is no label '{branch.Label}' with an instruction behind it");
        }

        new ControlFlow(code).SetJoins();
        return new KernelProgram
        {
            Name = source.Name,
            Code = code,
            Registers = layout,
            ParameterBytes = source.ParameterBytes,
            SharedBytes = source.SharedBytes,
            DynamicShared = source.DynamicShared,
            LocalBytes = source.LocalBytes,
            MaxThreads = source.MaxThreads,
            Granule = code.OfType<MemoryInstruction>().Any(i => i.ElementBytes < 4) ? 0 : 2,
            UpdatesGlobalMemory = code.OfType<MemoryInstruction>()
            .Any(i => i is { Class: InstructionClass.Atomic, Space: not Space.Shared }),
            Files = source.Files,
        };
    }

    private static Instruction Decode(Statement statement, KernelSource source, RegisterLayout layout, Reg[] registers)
    {
        var form = new Form(statement, source, layout, registers);
        if (!_forms.TryGetValue(statement.Opcode, out Func<Form, Instruction>? decode))
            throw form.Refuse("the instruction is not modelled");
        Instruction instruction = decode(form);
        if (statement.Guard is { } guard)
            instruction.Guard = new PredicateOperand(form.Read(guard, PtxType.Pred), statement.GuardNegated);
        form.End();
        instruction.Line = statement.Line;
        instruction.Text = statement.ToString();
        instruction.Source = statement.Source;
        instruction.Reads = form.Reads;
        instruction.Writes = form.Writes;
        return instruction;
    }
}
