using System.Globalization;
using System.Text;

namespace Smile.Bench;

/// <summary>Texts whose numbers do not depend on the machine's culture.</summary>
internal static class InvariantText
{
    /// <summary>The pieces one after another.</summary>
    public static string Of(params FormattableString[] pieces)
    {
        var text = new StringBuilder();
        foreach (FormattableString piece in pieces)
            text.Append(piece.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
