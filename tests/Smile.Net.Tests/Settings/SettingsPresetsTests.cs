using Smile.Net.Augment;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Settings;

public sealed class SettingsPresetsTests
{
    [Fact]
    public void The_papers_are_what_a_setting_is_that_stored_settings_lack() =>
        Assert.Equal(RunSettings.FromText("{}", "f.json").ToText(), SettingsPresets.Of(SettingsPresets.Paper).ToText());

    [Fact]
    public void Every_preset_holds_for_every_method_and_is_the_same_after_it_was_stored()
    {
        foreach (string preset in SettingsPresets.All)
        {
            foreach (string method in Methods.All)
            {
                RunSettings settings = SettingsPresets.Of(preset);
                settings = settings with { Train = settings.Train with { Method = method } };
                settings.Validate();
                Assert.Contains($"\"loss\": \"{settings.Train.Loss}\"", settings.ToText(), StringComparison.Ordinal);
                Assert.Equal(settings.ToText(), RunSettings.FromText(settings.ToText(), "f.json").ToText());
            }
        }
    }

    [Fact]
    public void The_default_has_a_decoder_a_region_term_and_augmentation()
    {
        RunSettings settings = SettingsPresets.Of(SettingsPresets.Default);
        Assert.Equal(Decoders.UNet, settings.Model.Decoder);
        Assert.Equal(Losses.BceDice, settings.Train.Loss);
        Assert.Equal(AugmentPresets.NnUnet, settings.Augment.Preset);
        Assert.True(settings.Augment.HasMap);
    }

    [Fact]
    public void A_preset_that_is_not_there_is_refused_with_those_that_are()
    {
        var error = Assert.Throws<ConfigException>(() => SettingsPresets.Of("best"));
        Assert.Contains("--preset best: known are default, paper", error.Message, StringComparison.Ordinal);
    }
}
