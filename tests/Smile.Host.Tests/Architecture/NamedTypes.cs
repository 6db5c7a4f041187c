using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Smile.Host.Tests.Architecture;

/// <summary>
/// Tells of every type of the assembly that a signature or an attribute's value names. What a type is called is needed for attributes only.
/// </summary>
internal sealed class NamedTypes : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
{
    private static readonly char[] _betweenNames = ['[', ']', ','];

    private readonly MetadataReader _metadata;
    private readonly Action<TypeDefinitionHandle> _use;
    private readonly Dictionary<string, TypeDefinitionHandle> _byName = new(StringComparer.Ordinal);

    public NamedTypes(MetadataReader metadata, Action<TypeDefinitionHandle> use)
    {
        (_metadata, _use) = (metadata, use);
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
            _byName[NameOf(handle)] = handle;
    }

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        _use(handle);
        return NameOf(handle);
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = _metadata.GetTypeReference(handle);
        return $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}";
    }

    public string GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        _metadata.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    /// <summary>A typeof in an attribute: names are written as reflection writes them, generic arguments in brackets.</summary>
    public string GetTypeFromSerializedName(string name)
    {
        foreach (string part in name.Split(_betweenNames, StringSplitOptions.TrimEntries))
            if (_byName.TryGetValue(part, out TypeDefinitionHandle handle))
                _use(handle);
        return name;
    }

    public PrimitiveTypeCode GetUnderlyingEnumType(string type)
    {
        if (!_byName.TryGetValue(type, out TypeDefinitionHandle handle))
            return PrimitiveTypeCode.Int32; // of another assembly; those that attributes take are int
        FieldDefinition value = _metadata.GetTypeDefinition(handle).GetFields().Select(_metadata.GetFieldDefinition)
            .Single(field => (field.Attributes & System.Reflection.FieldAttributes.Static) == 0);
        return Enum.Parse<PrimitiveTypeCode>(value.DecodeSignature(this, null));
    }

    public string GetSystemType() => "System.Type";

    public bool IsSystemType(string type) => type == GetSystemType();

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetArrayType(string elementType, ArrayShape shape) => elementType;

    public string GetByReferenceType(string elementType) => elementType;

    public string GetPointerType(string elementType) => elementType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetSZArrayType(string elementType) => elementType;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;

    public string GetGenericMethodParameter(object? genericContext, int index) => "";

    public string GetGenericTypeParameter(object? genericContext, int index) => "";

    public string GetFunctionPointerType(MethodSignature<string> signature) => "";

    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        string name = _metadata.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil)
            return $"{NameOf(type.GetDeclaringType())}+{name}";
        return type.Namespace.IsNil ? name : $"{_metadata.GetString(type.Namespace)}.{name}";
    }
}
