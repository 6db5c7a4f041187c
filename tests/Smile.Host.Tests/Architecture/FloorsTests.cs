using System.Reflection;

namespace Smile.Host.Tests.Architecture;

/// <summary>Inside an assembly the namespaces form floors: what stands on one uses what lies below it, never the other way.</summary>
public sealed class FloorsTests
{
    private const string Samples = "Smile.Host.Tests.Architecture.Samples";

    private static readonly TypeUse[] _samples = [.. TypeUses.Of(typeof(FloorsTests).Assembly.Location)
        .Where(use => use.FromNamespace.StartsWith(Samples, StringComparison.Ordinal))];

    [Theory]
    [InlineData("Smile.Kernels")]
    [InlineData("Smile.Net")]
    [InlineData("smile")]
    public void No_namespace_is_above_and_below_another(string assembly)
    {
        IReadOnlyCollection<TypeUse> uses = TypeUses.Of(Assembly.Load(assembly).Location);
        Assert.NotEmpty(uses);
        IReadOnlyList<string> circles = Circles.In(uses);
        Assert.True(circles.Count == 0, $"{assembly} has circles:\n\n{string.Join("\n\n", circles)}");
    }

    [Theory]
    [InlineData("Base")]
    [InlineData("IExtended")]
    [InlineData("Constraint")]
    [InlineData("Attributed")]
    [InlineData("AttributedParameter")]
    [InlineData("TypeOfInAttribute")]
    [InlineData("Field")]
    [InlineData("Property")]
    [InlineData("Event")]
    [InlineData("Parameter")]
    [InlineData("Returned")]
    [InlineData("Local")]
    [InlineData("Caught")]
    [InlineData("Created")]
    [InlineData("Called")]
    [InlineData("GenericMethod")]
    [InlineData("GenericType")]
    [InlineData("TypeOf")]
    [InlineData("InLambda")]
    [InlineData("InIterator")]
    [InlineData("AfterSwitch")]
    public void Each_way_of_using_a_type_is_seen(string user) =>
        Assert.Contains(_samples, use => use.From.Split('`')[0] == user && use.ToNamespace == Samples + ".Lower");

    [Fact]
    public void A_type_of_the_same_namespace_is_no_use() =>
        Assert.DoesNotContain(_samples, use => use.FromNamespace == use.ToNamespace);

    [Fact]
    public void Floors_have_no_circle() =>
        Assert.Empty(Circles.In([.. _samples.Where(use => use.FromNamespace != Samples + ".Lower")]));

    [Fact]
    public void A_circle_is_told_once_with_two_types_an_edge()
    {
        string circle = Assert.Single(Circles.In(_samples));
        Assert.StartsWith($"{Samples}.Lower.Climber uses {Samples}.Upper.Created\n{Samples}.Upper.", circle, StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_of_three_is_found()
    {
        TypeUse[] uses = [new("C", "c", "A", "a"), new("A", "a", "B", "b"), new("B", "b", "C", "c"), new("A", "a", "D", "d")];
        Assert.Equal("A.a uses B.b\nB.b uses C.c\nC.c uses A.a", Assert.Single(Circles.In(uses)));
    }
}
