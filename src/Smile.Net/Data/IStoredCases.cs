namespace Smile.Net.Data;

/// <summary>The cases of a store (<c>smile dataset pack</c>), by id.</summary>
internal interface IStoredCases
{
    /// <summary>What of the files that were packed is another one now, as far as cases were read; a sentence each.</summary>
    IReadOnlyList<string> Changes { get; }

    /// <summary>The grid of the case's image.</summary>
    Geometry Grid(string id);

    /// <summary>Whether the store has the case in that spacing; null is its own.</summary>
    bool Has(string id, PlaneSpacing? spacing);

    /// <summary>The case in that spacing where the store has it, else in its own.</summary>
    /// <exception cref="DataException">It is damaged, or another file than the manifest says.</exception>
    CaseData Load(string id, PlaneSpacing? spacing);

    /// <summary>What spoke against its numbers being HU when it was packed.</summary>
    IReadOnlyList<string> Doubts(string id);
}
