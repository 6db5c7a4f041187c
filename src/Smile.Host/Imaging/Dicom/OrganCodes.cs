namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The organs that are known by name and by coded concept: SNOMED CT as PS3.16 uses it (CID 4031, 7154 and others). Names are
/// TotalSegmentator's where it has the organ.
/// </summary>
internal static class OrganCodes
{
    private static readonly Organ[] Known =
    [
        new("liver", "10200004", "Liver"),
        new("pancreas", "15776009", "Pancreas"),
        new("stomach", "69695003", "Stomach"),
        new("spleen", "78961009", "Spleen"),
        new("gallbladder", "28231008", "Gallbladder", "gall bladder"),
        new("kidney", "64033007", "Kidney", "kidneys"),
        new("kidney_right", "9846003", "Right kidney"),
        new("kidney_left", "18639004", "Left kidney"),
        new("adrenal_gland", "23451007", "Adrenal gland", "adrenal", "adrenals"),
        new("adrenal_gland_right", "29392005", "Right adrenal gland", "right adrenal"),
        new("esophagus", "32849002", "Esophagus", "oesophagus"),
        new("duodenum", "38848004", "Duodenum"),
        new("small_bowel", "30315005", "Small intestine"),
        new("colon", "71854001", "Colon"),
        new("urinary_bladder", "89837001", "Urinary bladder", "bladder"),
        new("prostate", "41216001", "Prostate"),
        new("aorta", "15825003", "Aorta"),
        new("inferior_vena_cava", "64131007", "Inferior vena cava", "ivc"),
        new("heart", "80891009", "Heart"),
        new("lung", "39607008", "Lung", "lungs"),
        new("lung_right", "3341006", "Right lung"),
        new("lung_left", "44029006", "Left lung"),
    ];

    private static readonly Dictionary<string, Organ> ByName = Known
        .SelectMany(organ => organ.Names.Select(name => (Key: Key(name), organ)))
        .DistinctBy(entry => entry.Key)
        .ToDictionary(entry => entry.Key, entry => entry.organ);

    private static readonly Dictionary<string, Organ> ByCode = Known.ToDictionary(organ => "SCT:" + organ.Code.Value);

    /// <summary>
    /// The concept of an organ's name, in whatever case and order of words ("kidney_right"); for a name that is not listed, just
    /// that it is an anatomical structure.
    /// </summary>
    public static DicomCode Of(string name) => ByName.TryGetValue(Key(name), out Organ? organ) ? organ.Code : DicomCode.AnatomicalStructure;

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

    /// <summary>What a coded concept of the list is called; empty where it is not there.</summary>
    public static string Meaning(string code) => ByCode.TryGetValue(code, out Organ? organ) ? organ.Code.Meaning : "";

    private static string[] Words(string name) => name.ToLowerInvariant().Split([' ', '_', '-'], StringSplitOptions.RemoveEmptyEntries);

    private static string Key(string name) => string.Join(' ', Words(name).Order(StringComparer.Ordinal));

    private sealed class Organ(string name, string value, string meaning, params string[] others)
    {
        public string Name { get; } = name;

        public DicomCode Code { get; } = new("SCT", value, meaning);

        public IEnumerable<string> Names => [Name, Code.Meaning, .. others];
    }
}
