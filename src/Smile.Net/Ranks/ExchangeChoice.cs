using Smile.Kernels.Backend;
using Smile.Net.Settings;

namespace Smile.Net.Ranks;

/// <summary>Agrees between ranks how words pass between their devices.</summary>
internal static class ExchangeChoice
{
    /// <summary>Agrees with the other ranks how words pass, and joins them.</summary>
    /// <param name="ranks">All of them, more than one.</param>
    /// <param name="backend">This rank's device.</param>
    /// <param name="wanted">One of <see cref="Exchanges"/>.</param>
    /// <param name="words">The most that are sent or received at once.</param>
    /// <param name="agreed">What was agreed, for people; empty where no rank has a GPU and none was asked for.</param>
    /// <exception cref="ConfigException">nccl was asked for and cannot be, or the ranks differ in what they ask for or have.</exception>
    public static IExchange Open(ICommunicator ranks, IBackend backend, string wanted, int words, out string agreed)
    {
        LinkOffer mine = wanted == Exchanges.Host ? new LinkOffer("", "", "") : DeviceLink.OfferOf(backend);
        // Each rank hears of all, and all come to the same end: one that threw by itself would leave the others waiting for it.
        (string Wanted, LinkOffer Offer)[] all =
            [.. RankMessages.Each(ranks, ranks.Size, _ => (wanted, mine), Write, (_, reader) => Read(reader))];
        DemandAlike("run.exchange", [.. all.Select(each => each.Wanted)]);
        LinkOffer[] offers = [.. all.Select(each => each.Offer)];
        string reason = wanted == Exchanges.Host ? "run.exchange is host" : Obstacle(offers);
        if (reason.Length > 0)
        {
            if (wanted == Exchanges.Nccl)
                throw new ConfigException($"run.exchange is nccl: {reason}.");
            agreed = offers.Any(offer => offer.Device.Length > 0) ? $"gradients pass between ranks through the host: {reason}" : "";
            return new HostExchange(ranks, backend, words);
        }

        DemandAlike("the version of NCCL", [.. offers.Select(offer => offer.Version)]);
        byte[] id = RankMessages.OfRoot(ranks, writer =>
        {
            byte[] made = DeviceLink.NewId();
            writer.Write(made.Length);
            writer.Write(made);
        }, reader => reader.ReadBytes(reader.ReadInt32()));
        agreed = $"gradients pass between ranks from GPU to GPU, by NCCL {mine.Version}";
        return new LinkedExchange(ranks, DeviceLink.Join(backend, id, ranks.Rank, ranks.Size));
    }

    /// <summary>Why the ranks' devices cannot be linked, the same on all ranks; empty where they can.</summary>
    private static string Obstacle(LinkOffer[] offers)
    {
        int without = Array.FindIndex(offers, offer => offer.Reason.Length > 0);
        if (without >= 0)
            return $"rank {without}: {offers[without].Reason}";
        for (int rank = 1; rank < offers.Length; rank++)
        {
            int other = Array.FindIndex(offers, offer => offer.Device == offers[rank].Device);
            if (other < rank)
                return $"ranks {other} and {rank} share a GPU ({offers[rank].Device}), and NCCL links a GPU once";
        }

        return "";
    }

    private static void DemandAlike(string name, string[] values)
    {
        int rank = Array.FindIndex(values, value => value != values[0]);
        if (rank > 0)
            throw new ConfigException($"rank {rank}: {name} is {values[rank]}; on rank 0 {name} is {values[0]}. All ranks of a training "
                + "need the same.");
    }

    private static void Write(BinaryWriter writer, (string Wanted, LinkOffer Offer) rank)
    {
        writer.Write(rank.Wanted);
        writer.Write(rank.Offer.Version);
        writer.Write(rank.Offer.Device);
        writer.Write(rank.Offer.Reason);
    }

    private static (string Wanted, LinkOffer Offer) Read(BinaryReader reader) =>
        (reader.ReadString(), new LinkOffer(reader.ReadString(), reader.ReadString(), reader.ReadString()));
}
