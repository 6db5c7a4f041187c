namespace Smile.PtxEmulator.Parsing;

/// <summary>Names by the braces they were declared in; inner ones hide outer ones.</summary>
internal sealed class Scope
{
    private readonly Stack<Dictionary<string, Variable>> _names = new([[]]);

    public void Enter() => _names.Push([]);

    public void Leave() => _names.Pop();

    public void Add(Variable variable, int line)
    {
        if (!_names.Peek().TryAdd(variable.Name, variable))
            throw new PtxException(PtxFault.Syntax, line, $"'{variable.Name}' is declared twice");
    }

    public Variable? Find(string name)
    {
        foreach (Dictionary<string, Variable> names in _names)
            if (names.TryGetValue(name, out Variable? variable))
                return variable;
        return null;
    }
}
