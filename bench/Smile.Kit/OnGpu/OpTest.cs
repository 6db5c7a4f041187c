using System.Globalization;
using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Smile.Kit.OnGpu;

/// <summary>
/// A test of an operation, with its arguments. xunit's own runner hashes the names of tests by OpenSSL, which the machine may lack: here
/// its attributes say what the tests are, and they are called.
/// </summary>
/// <param name="Class">Its class, of a device.</param>
/// <param name="Method">What is called.</param>
/// <param name="Arguments">With what.</param>
internal sealed record OpTest(Type Class, MethodInfo Method, object?[] Arguments)
{
    /// <summary>"Bf16ConvTests.Forward(name: 3x3)".</summary>
    public string Name { get; } = $"{Class.Name}.{Method.Name}"
        + (Arguments.Length == 0 ? "" : $"({string.Join(", ", Method.GetParameters().Zip(Arguments, (p, a) => $"{p.Name}: {Text(a)}"))})");

    /// <summary>fp32, tf32, bf16.</summary>
    public string Precision { get; } = Class.Name[..4].ToLowerInvariant();

    /// <summary>The tests of a class.</summary>
    public static IEnumerable<OpTest> Of(Type type)
    {
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public))
        {
            if (method.GetCustomAttribute<TheoryAttribute>() is not null)
            {
                foreach (DataAttribute data in method.GetCustomAttributes<DataAttribute>())
                {
                    if (data is MemberDataAttributeBase member)
                        member.MemberType ??= type; // which xunit's runner sets
                    foreach (ITheoryDataRow row in data.GetData(method, new DisposalTracker()).AsTask().GetAwaiter().GetResult())
                        yield return new OpTest(type, method, row.GetData());
                }
            }
            else if (method.GetCustomAttribute<FactAttribute>() is not null)
            {
                yield return new OpTest(type, method, []);
            }
        }
    }

    /// <summary>Calls it: "passed", "skipped" or "failed", and why.</summary>
    public (string Result, string? Why) Run()
    {
        object instance = Activator.CreateInstance(Class)!;
        try
        {
            Method.Invoke(instance, Arguments);
            return ("passed", null);
        }
        catch (TargetInvocationException e) when (e.InnerException is SkipException skipped)
        {
            return ("skipped", skipped.Message);
        }
        catch (TargetInvocationException e)
        {
            return ("failed", e.InnerException is XunitException failed ? failed.Message : e.InnerException!.ToString());
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }

    private static string Text(object? argument) => Convert.ToString(argument, CultureInfo.InvariantCulture) ?? "null";
}
