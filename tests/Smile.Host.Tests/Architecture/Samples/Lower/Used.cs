// What the types of Upper use, for FloorsTests; and a type that uses one of theirs.
#pragma warning disable CA1812, CA1822, CS0169, IDE0044, IDE0051, IDE0052, IDE0060 // only their metadata is read

using Smile.Host.Tests.Architecture.Samples.Upper;

namespace Smile.Host.Tests.Architecture.Samples.Lower;

internal class Used : Exception, IUsed
{
    public static int Number { get; set; }
}

internal interface IUsed;

[AttributeUsage(AttributeTargets.All)]
internal sealed class UsedAttribute(params Type[] types) : Attribute
{
    public IReadOnlyList<Type> Types { get; } = types;
}

/// <summary>Goes up: this makes the circle.</summary>
internal sealed class Climber
{
    private readonly Created _above = new();
}
