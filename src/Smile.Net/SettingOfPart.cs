using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smile.Net;

/// <summary>One setting of a part of the settings (<c>train</c>, <c>data</c>, ...).</summary>
/// <param name="Name">As files name it: <c>gamma_max</c>.</param>
/// <param name="About">What it means and may be.</param>
/// <param name="Property">Where the part holds it.</param>
internal sealed record SettingOfPart(string Name, SettingAttribute About, PropertyInfo Property)
{
    /// <summary>The settings of a part, in the order in which files hold them.</summary>
    /// <param name="part">Type of the part: what is written as JSON of it is a setting.</param>
    /// <exception cref="InvalidOperationException">One says not what it means.</exception>
    public static IReadOnlyList<SettingOfPart> Of(Type part) =>
    [
        .. part.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .Select(property => new SettingOfPart(
                property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
                    ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name),
                property.GetCustomAttribute<SettingAttribute>()
                    ?? throw new InvalidOperationException($"{part.Name}.{property.Name} has no [Setting] that says what it means."),
                property)),
    ];

    /// <summary>Refuses the first setting of a part that lies out of its range.</summary>
    /// <param name="name">Of the part, "train".</param>
    /// <param name="part">Its settings.</param>
    /// <exception cref="ConfigException">Names key, value and range.</exception>
    public static void Demand(string name, object part)
    {
        foreach (SettingOfPart setting in Of(part.GetType()))
            setting.About.Demand($"{name}.{setting.Name}", setting.Property.GetValue(part));
    }
}
