// One type a way of using a type of Lower, for FloorsTests.
#pragma warning disable CA1812, CA1822, CS0169, IDE0044, IDE0051, IDE0052, IDE0060 // only their metadata is read

using Smile.Host.Tests.Architecture.Samples.Lower;

namespace Smile.Host.Tests.Architecture.Samples.Upper;

internal sealed class Base : Used;

internal interface IExtended : IUsed;

internal sealed class Constraint<T>
    where T : IUsed;

[Used]
internal sealed class Attributed;

internal sealed class AttributedParameter
{
    public static void Method([Used] int value)
    {
    }
}

[System.ComponentModel.TypeConverter(typeof(List<Used[]>))]
internal sealed class TypeOfInAttribute;

internal sealed class Field
{
    private readonly Used? _used;
}

internal abstract class Property
{
    public abstract Used? Value { get; }
}

internal abstract class Event
{
    public abstract event Action<Used> Happened;
}

internal abstract class Parameter
{
    public abstract void Method(ref Used value);
}

internal abstract class Returned
{
    public static Returned Instance => throw new NotSupportedException();

    public abstract Used Make();
}

internal sealed class Local
{
    public static bool Method()
    {
        var value = Returned.Instance.Make();
        return ReferenceEquals(value, value);
    }
}

internal sealed class Caught
{
    public static void Method()
    {
        try
        {
            GC.Collect();
        }
        catch (Used)
        {
        }
    }
}

internal sealed class Created
{
    public static object Method() => new Used();
}

internal sealed class Called
{
    public static int Method() => Used.Number;
}

internal sealed class GenericMethod
{
    public static object Method() => Array.Empty<Used>();
}

internal sealed class GenericType
{
    public static object Method() => new List<Used>();
}

internal sealed class TypeOf
{
    public static string Method() => typeof(IUsed).Name;
}

internal sealed class InLambda
{
    public static Func<int, int> Method(int a) => b => a + b + Used.Number;
}

internal sealed class InIterator
{
    public static IEnumerable<int> Method()
    {
        yield return Used.Number;
    }
}

internal sealed class AfterSwitch
{
    public static int Method(int a)
    {
        switch (a)
        {
            case 0: return 7;
            case 1: return 5;
            case 2: return 11;
            case 3: return 2;
            case 4: return 3;
            default: return (int)(a * 1.5 + (long)a * 0x1_0000_0000L) + Used.Number;
        }
    }
}
