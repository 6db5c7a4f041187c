using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class AmbiguityMapTests
{
    // Three organs: 0 and 1 annotated, 2 not.
    private const uint Annotated = 0b011;

    [Fact]
    public void Background_is_known_for_annotated_organs_only() =>
        Assert.Equal((0u, 0b011u), AmbiguityMap.Bits(Labels.Background, Annotated, 3));

    [Fact]
    public void A_voxel_of_an_annotated_organ_is_a_certain_negative_for_every_other_organ_annotated_or_not() =>
        Assert.Equal((0b010u, 0b111u), AmbiguityMap.Bits(Labels.Of(1), Annotated, 3));

    [Fact]
    public void The_label_of_an_organ_that_is_not_annotated_is_seen_as_background() =>
        Assert.Equal(AmbiguityMap.Bits(Labels.Background, Annotated, 3), AmbiguityMap.Bits(Labels.Of(2), Annotated, 3));

    [Fact]
    public void Annotated_but_absent_differs_from_not_annotated()
    {
        (_, OrganBits absent) = AmbiguityMap.Bits(Labels.Background, 0b111, 3);
        (_, OrganBits unknown) = AmbiguityMap.Bits(Labels.Background, 0b011, 3);
        Assert.Equal(0b100u, absent & 0b100);
        Assert.Equal(0u, unknown & 0b100);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0b011u)]
    [InlineData(0b111u)]
    public void Ignore_knows_nothing(uint annotated) => Assert.Equal((0u, 0u), AmbiguityMap.Bits(Labels.Ignore, annotated, 3));

    [Fact]
    public void A_pseudo_label_fills_only_what_is_not_known()
    {
        (OrganBits organ, OrganBits known) = AmbiguityMap.Bits(Labels.Background, Annotated, 3);
        Assert.Equal((0b100u, 0b111u), AmbiguityMap.WithPseudo(organ.Word(0), known.Word(0), 0b111));
        (organ, known) = AmbiguityMap.Bits(Labels.Of(0), Annotated, 3);
        Assert.Equal((0b001u, 0b111u), AmbiguityMap.WithPseudo(organ.Word(0), known.Word(0), 0b110));
    }

    [Fact]
    public void Open_to_pseudo_labels_is_what_is_not_known_and_not_ignored()
    {
        Assert.Equal(0b100u, AmbiguityMap.Open(Labels.Background, Annotated, 3));
        Assert.Equal(0b100u, AmbiguityMap.Open(Labels.Of(2), Annotated, 3));
        Assert.Equal(0u, AmbiguityMap.Open(Labels.Of(0), Annotated, 3));
        Assert.Equal(0u, AmbiguityMap.Open(Labels.Ignore, Annotated, 3));
    }

    [Fact]
    public void Thirty_two_organs_fill_the_word()
    {
        Assert.Equal((1u << 31, uint.MaxValue), AmbiguityMap.Bits(Labels.Of(31), 1u << 31, 32));
        Assert.Equal((0u, 1u << 31), AmbiguityMap.Bits(Labels.Of(30), 1u << 31, 32));
    }

    /// <summary>The known weights of docs/maths.md, organ by organ, in words instead of bits.</summary>
    [Fact]
    public void Every_label_and_annotation_state_follows_the_definition()
    {
        const int organs = 4;
        for (uint annotated = 0; annotated < 16; annotated++)
            foreach (byte label in (byte[])[0, 1, 2, 3, 4, Labels.Ignore])
            {
                (OrganBits isOrgan, OrganBits isKnown) = AmbiguityMap.Bits(label, annotated, organs);
                for (int k = 0; k < organs; k++)
                {
                    bool isAnnotated = (annotated >> k & 1) == 1;
                    bool certainlyAnother = label is > 0 and < Labels.Ignore && label != k + 1 && (annotated >> (label - 1) & 1) == 1;
                    bool known = label != Labels.Ignore && (isAnnotated || certainlyAnother);
                    Assert.Equal(known, isKnown.Has(k));
                    Assert.Equal(known && label == k + 1, isOrgan.Has(k));
                }
            }
    }
}
