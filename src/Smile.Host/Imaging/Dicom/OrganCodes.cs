namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The organs that are known by name and by coded concept: SNOMED CT as PS3.16 uses it (CID 4031, 7154 and others), and the SNOMED-RT
/// identifier that it used before (PS3.16, CID 4031 and 6204), where one is known for certain. Names are TotalSegmentator's where it has
/// the organ.
/// </summary>
internal static class OrganCodes
{
    private static readonly Organ[] Known =
    [
        new("liver", "10200004", "T-62000", "Liver"),
        new("pancreas", "15776009", "T-65000", "Pancreas"),
        new("stomach", "69695003", "T-57000", "Stomach"),
        new("spleen", "78961009", "T-C3000", "Spleen"),
        new("gallbladder", "28231008", "T-63000", "Gallbladder", "gall bladder"),
        new("kidney", "64033007", "T-71000", "Kidney", "kidneys"),
        new("kidney_right", "9846003", "", "Right kidney"),
        new("kidney_left", "18639004", "", "Left kidney"),
        new("adrenal_gland", "23451007", "T-B3000", "Adrenal gland", "adrenal", "adrenals"),
        new("adrenal_gland_right", "29392005", "", "Right adrenal gland", "right adrenal"),
        new("adrenal_gland_left", "", "", "Left adrenal gland", "left adrenal"),
        new("esophagus", "32849002", "T-56000", "Esophagus", "oesophagus"),
        new("duodenum", "38848004", "T-58200", "Duodenum"),
        new("small_bowel", "30315005", "T-58000", "Small intestine"),
        new("colon", "71854001", "T-59300", "Colon"),
        new("urinary_bladder", "89837001", "T-74000", "Urinary bladder", "bladder"),
        new("prostate", "41216001", "T-92000", "Prostate"),
        new("aorta", "15825003", "T-42000", "Aorta"),
        new("inferior_vena_cava", "64131007", "T-48710", "Inferior vena cava", "ivc"),
        new("heart", "80891009", "T-32000", "Heart"),
        new("lung", "39607008", "T-28000", "Lung", "lungs"),
        new("lung_right", "3341006", "", "Right lung"),
        new("lung_left", "44029006", "", "Left lung"),
    ];

    private static readonly Dictionary<string, Organ> ByName = Known
        .SelectMany(organ => organ.Names.Select(name => (Key: Key(name), organ)))
        .DistinctBy(entry => entry.Key)
        .ToDictionary(entry => entry.Key, entry => entry.organ);

    /// <summary>By "scheme:value"; SRT, SNM3 and 99SDM are names that one scheme has had.</summary>
    private static readonly Dictionary<string, Organ> ByCode = Known
        .SelectMany(organ => new[] { ("SCT", organ.Code.Value), ("SRT", organ.Former), ("SNM3", organ.Former), ("99SDM", organ.Former) }
            .Select(code => (Code: code, organ)))
        .Where(entry => entry.Code.Item2.Length > 0)
        .ToDictionary(entry => $"{entry.Code.Item1}:{entry.Code.Item2}", entry => entry.organ);

    /// <summary>
    /// The concept of an organ's name, in whatever case and order of words ("kidney_right"); for a name that is not listed, just
    /// that it is an anatomical structure.
    /// </summary>
    public static DicomCode Of(string name) =>
        ByName.TryGetValue(Key(name), out Organ? organ) && organ.Code.Value.Length > 0 ? organ.Code : DicomCode.AnatomicalStructure;

    /// <summary>
    /// The organ that a region stands for; null where neither its name nor its code is known, and where the two contradict each
    /// other. A name may say more than the code: "left kidney" of the code for kidneys.
    /// </summary>
    public static string? Find(string name, string code)
    {
        Organ? named = ByName.GetValueOrDefault(Key(name)), coded = ByCode.GetValueOrDefault(code);
        if (named is null || coded is null)
            return (named ?? coded)?.Name;
        string[] words = Words(named.Code.Meaning);
        return Words(coded.Code.Meaning).All(word => words.Contains(word)) ? named.Name : null;
    }

    /// <summary>Where an organ stands in the list; behind it where it is not there.</summary>
    public static int Order(string name) => Array.FindIndex(Known, organ => organ.Name == name) is >= 0 and int at ? at : Known.Length;

    /// <summary>Whether a name says left or right.</summary>
    public static bool HasSide(string name) => Words(name).Any(word => word is "left" or "right");

    /// <summary>What a coded concept of the list is called; empty where it is not there.</summary>
    public static string Meaning(string code) => ByCode.TryGetValue(code, out Organ? organ) ? organ.Code.Meaning : "";

    /// <summary>Sides are written as radiotherapy does too (AAPM TG-263: Kidney_L).</summary>
    private static string[] Words(string name) =>
        [.. name.ToLowerInvariant().Split([' ', '_', '-', ','], StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
    {
        "l" or "lt" => "left",
        "r" or "rt" => "right",
        "glnd" => "gland",
        _ => word,
    })];

    private static string Key(string name) => string.Join(' ', Words(name).Order(StringComparer.Ordinal));

    private sealed class Organ(string name, string value, string former, string meaning, params string[] others)
    {
        public string Name { get; } = name;

        public DicomCode Code { get; } = new("SCT", value, meaning);

        /// <summary>SNOMED-RT; empty where it is not known.</summary>
        public string Former { get; } = former;

        public IEnumerable<string> Names => [Name, Code.Meaning, .. others];
    }
}
