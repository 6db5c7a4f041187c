using Smile.Net.Settings;

namespace Smile.Net.Tests.Settings;

public sealed class NearestKeyTests
{
    [Theory]
    [InlineData("train.learning_rate", "train.lr")]
    [InlineData("learning_rate", "train.lr")]
    [InlineData("optimizer.lr", "train.lr")]
    [InlineData("train.wd", "train.weight_decay")]
    [InlineData("train.batch_size", "train.batch")]
    [InlineData("data.patch_size", "train.size")]
    [InlineData("train.epochs", "train.steps")]
    [InlineData("train.num_workers", "run.threads")]
    [InlineData("trian.steps", "train.steps")]
    [InlineData("train.stepss", "train.steps")]
    [InlineData("model.lr", "train.lr")]
    [InlineData("mode.backbone", "model.backbone")]
    [InlineData("run.sede", "run.seed")]
    [InlineData("augment.noise_shares", "augment.noise_share")]
    [InlineData("trian", "train")]
    public void A_key_that_is_none_suggests_the_one_that_was_meant(string typed, string meant) =>
        Assert.EndsWith($"unknown key '{typed}'. Did you mean '{meant}'?", Refusal(typed), StringComparison.Ordinal);

    [Theory]
    [InlineData("train.xylophone")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("train._")]
    public void A_key_like_no_other_suggests_the_list(string typed) =>
        Assert.EndsWith($"unknown key '{typed}'. 'smile train --show-settings' lists all.", Refusal(typed), StringComparison.Ordinal);

    private static string Refusal(string key) =>
        Assert.Throws<ConfigException>(() => new RunSettings().With([new GivenSetting(key, "1", "--set")])).Message;
}
