using Smile.Net.Layers;

namespace Smile.Net.Graph;

/// <summary>The one hook into the graph: called around each layer, in each direction (timing, finite checks, hashes).</summary>
internal interface IObserver
{
    void Before(ILayer layer, Pass pass);

    void After(ILayer layer, Pass pass);
}
