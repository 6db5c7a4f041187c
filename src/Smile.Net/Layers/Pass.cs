namespace Smile.Net.Layers;

/// <summary>The two directions through the graph.</summary>
public enum Pass
{
    Forward,
    Backward,
}
