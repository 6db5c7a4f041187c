// Until the convolutions speak the new vocabulary.
global using Row512 = Smile.Kernels.Simd.Lanes512;
global using Row256 = Smile.Kernels.Simd.Lanes256;
global using Row128 = Smile.Kernels.Simd.Lanes128;
