using Smile.Host.Imaging;

namespace Smile.Host.Tests.Imaging;

public sealed class AffineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Orthonormal_finds_the_nearest_perpendicular_axes(double mirror)
    {
        // A rotation about z, then a small symmetric stretch: the polar factor of R (1 + E) is R itself.
        (double s, double c) = Math.SinCos(0.7);
        double[] rotation = [c, -s, 0, s, c, 0, 0, 0, mirror],
            stretch = [1 + 1e-5, 3e-5, -4e-5, 3e-5, 1 - 2e-5, 5e-5, -4e-5, 5e-5, 1 + 1e-5];
        var skew = new double[9];
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 3; k++)
                for (int q = 0; q < 3; q++)
                    skew[3 * r + q] += rotation[3 * r + k] * stretch[3 * k + q];
        double[] found = Affine.Orthonormal(skew);
        for (int i = 0; i < 9; i++)
            Assert.Equal(rotation[i], found[i], 1e-14);
    }

    [Fact]
    public void Shear_is_the_largest_cosine()
    {
        double angle = Math.PI / 3;
        double[] directions = Affine.Directions([7, 0, 0, 1, 0, 2, 3 * Math.Cos(angle), 1, 0, 0, 3 * Math.Sin(angle), 1]);
        Assert.Equal(0.5, Affine.Shear(directions), 1e-12);
        Assert.Equal(Math.Sin(angle), Affine.Determinant(directions), 1e-12);
    }
}
