#!/usr/bin/env bash
# Brings ResNet-18 trained on ImageNet and converts it for train.weights: bash bench/resnet18-imagenet.sh FILE.safetensors
# It is ML.NET's (NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18, MIT licence, 62 MB), restored as any package is.
set -euo pipefail
output=${1:?name the file to write: bash bench/resnet18-imagenet.sh imagenet18.safetensors}
output=$(realpath -m "$output")
cd "$(dirname "$0")/.."
version=0.23.1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/weights.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.ML.DnnImageFeaturizer.ResNet18" Version="$version" ExcludeAssets="all" /></ItemGroup>
</Project>
END
dotnet restore --verbosity quiet --packages "$scratch/packages" "$scratch/weights.csproj"
model=$scratch/packages/microsoft.ml.dnnimagefeaturizer.resnet18/$version/tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx
dotnet run -c Release --project src/Smile.Host -- weights import "$model" --output "$output" --backbone resnet18 --colours bgr255
