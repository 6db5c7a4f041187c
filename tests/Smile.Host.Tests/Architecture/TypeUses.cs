using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Smile.Host.Tests.Architecture;

/// <summary>A type of an assembly that names another of the same assembly, both by namespace and outermost type.</summary>
internal readonly record struct TypeUse(string FromNamespace, string From, string ToNamespace, string To)
{
    public override string ToString() => $"{Full(FromNamespace, From)} uses {Full(ToNamespace, To)}";

    private static string Full(string @namespace, string name) => @namespace.Length == 0 ? name : $"{@namespace}.{name}";
}

/// <summary>
/// Who uses whom in a compiled assembly: base types, interfaces, constraints, attributes, signatures of fields, methods, properties and
/// events, local variables, caught exceptions, and whatever an instruction names, generic arguments included. A nested or
/// compiler-generated type counts as its outermost type; what the compiler keeps outside any type of ours is left out. A constant leaves
/// no trace: the compiler writes its value.
/// </summary>
internal sealed class TypeUses
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly NamedTypes _named;
    private readonly HashSet<TypeUse> _uses = [];
    private TypeDefinitionHandle _from;

    private TypeUses(PEReader file)
    {
        (_file, _metadata) = (file, file.GetMetadataReader());
        _named = new NamedTypes(_metadata, Use);
    }

    /// <summary>All uses between different namespaces.</summary>
    /// <param name="path">The assembly's file.</param>
    public static IReadOnlyCollection<TypeUse> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var uses = new TypeUses(file);
        foreach (TypeDefinitionHandle type in uses._metadata.TypeDefinitions)
            uses.Read(type);
        return uses._uses;
    }

    private void Read(TypeDefinitionHandle handle)
    {
        _from = handle;
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        Name(type.BaseType);
        foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations())
            Name(_metadata.GetInterfaceImplementation(each).Interface);
        foreach (MethodImplementationHandle each in type.GetMethodImplementations())
            Name(_metadata.GetMethodImplementation(each).MethodDeclaration);
        Read(type.GetGenericParameters());
        Read(type.GetCustomAttributes());
        foreach (FieldDefinitionHandle each in type.GetFields())
        {
            FieldDefinition field = _metadata.GetFieldDefinition(each);
            field.DecodeSignature(_named, null);
            Read(field.GetCustomAttributes());
        }

        foreach (PropertyDefinitionHandle each in type.GetProperties())
        {
            PropertyDefinition property = _metadata.GetPropertyDefinition(each);
            property.DecodeSignature(_named, null);
            Read(property.GetCustomAttributes());
        }

        foreach (EventDefinitionHandle each in type.GetEvents())
        {
            EventDefinition @event = _metadata.GetEventDefinition(each);
            Name(@event.Type);
            Read(@event.GetCustomAttributes());
        }

        foreach (MethodDefinitionHandle each in type.GetMethods())
            Read(_metadata.GetMethodDefinition(each));
    }

    private void Read(MethodDefinition method)
    {
        method.DecodeSignature(_named, null);
        Read(method.GetGenericParameters());
        Read(method.GetCustomAttributes());
        foreach (ParameterHandle each in method.GetParameters())
            Read(_metadata.GetParameter(each).GetCustomAttributes());
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_named, null);
        foreach (ExceptionRegion region in body.ExceptionRegions)
            Name(region.CatchType);
        foreach (EntityHandle token in Instructions.Tokens(body.GetILReader()))
            Name(token);
    }

    private void Read(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle each in parameters)
        {
            GenericParameter parameter = _metadata.GetGenericParameter(each);
            Read(parameter.GetCustomAttributes());
            foreach (GenericParameterConstraintHandle constraint in parameter.GetConstraints())
                Name(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void Read(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle each in attributes)
        {
            CustomAttribute attribute = _metadata.GetCustomAttribute(each);
            Name(attribute.Constructor);
            attribute.DecodeValue(_named); // a typeof among its arguments is a use too
        }
    }

    private void Name(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Use((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_named, null);
                break;
            case HandleKind.MethodDefinition:
                Use(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Use(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Name(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Name(method.Method);
                method.DecodeSignature(_named, null);
                break;
            case HandleKind.StandaloneSignature:
                _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(_named, null);
                break;
            case HandleKind.TypeReference: // of another assembly
            case HandleKind.UserString:
                break;
            default:
                throw new NotSupportedException($"A token of kind {handle.Kind}.");
        }
    }

    private void Use(TypeDefinitionHandle to)
    {
        TypeDefinition user = Outermost(_from), used = Outermost(to);
        if (user.Namespace != used.Namespace && !Unspeakable(user) && !Unspeakable(used))
            _uses.Add(new TypeUse(Text(user.Namespace), Text(user.Name), Text(used.Namespace), Text(used.Name)));
    }

    private TypeDefinition Outermost(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return type;
    }

    /// <summary>Of a name that no source can have: arrays' data, lists behind collection expressions.</summary>
    private bool Unspeakable(TypeDefinition type) => Text(type.Name).StartsWith('<');

    private string Text(StringHandle handle) => _metadata.GetString(handle);
}
