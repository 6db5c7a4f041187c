#!/usr/bin/env python3
"""Times one training step of DeepLab in PyTorch on a CUDA device: eager, compiled, compiled with reduce-overhead.

The same problem as `dotnet run -c Release --project bench/Smile.Bench -- gpu --peer FILE` and as the GPU kit (docs/gpu-kit.md): ResNet-18 or
ResNet-50 at output stride 8, four summed 3x3 heads (rates 6, 12, 18, 24), three organs; forward, bilinear upsampling, masked BCE, backward,
SGD. Plain PyTorch; torchvision is not needed.
Usage: torch_step.py [--out FILE] [--lines] [--backbone resnet18|resnet50] [--batch N] [--size N] [--steps N]
                     [--precision fp32|tf32|bf16|bf16-weights] [--layout channels_last|contiguous] [--modes eager,compiled,reduce-overhead]
                     [--device cuda|cpu]
bf16: autocast, weights and optimiser in float32, as Smile's; bf16-weights: all of it in bfloat16. SGD is the fused one where there is one.
--lines: a line of JSON for each mode as soon as it is measured. --device cpu: to try the script; its times are of no use.
"""
import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ORGANS = 3
MODES = ("eager", "compiled", "reduce-overhead")


class Basic(nn.Module):
    """torchvision's BasicBlock with a dilation."""

    expansion = 1

    def __init__(self, inputs, width, stride, dilation):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(inputs, width, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + (x if self.downsample is None else self.downsample(x)), inplace=True)


class Bottleneck(nn.Module):
    """torchvision's Bottleneck with a dilation; the stride is in the 3x3 convolution."""

    expansion = 4

    def __init__(self, inputs, width, stride, dilation):
        super().__init__()
        outputs = width * self.expansion
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)), inplace=True)


def shortcut(inputs, outputs, stride):
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class DeepLab(nn.Module):
    """The ResNet at output stride 8 as Smile builds it (src/Smile.Net/Models/ResNet.cs), head aspp2."""

    def __init__(self, backbone):
        super().__init__()
        block, counts = {"resnet18": (Basic, (2, 2, 2, 2)), "resnet50": (Bottleneck, (3, 4, 6, 3))}[backbone]
        self.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        # Stage: width, stride, dilation of the first block, dilation of the others.
        blocks, channels = [], 64
        for (width, stride, first, others), count in zip([(64, 1, 1, 1), (128, 2, 1, 1), (256, 1, 1, 2), (512, 1, 2, 4)], counts):
            for i in range(count):
                blocks.append(block(channels, width, stride if i == 0 else 1, first if i == 0 else others))
                channels = width * block.expansion
        self.stages = nn.Sequential(*blocks)
        self.classifier = nn.ModuleList([nn.Conv2d(channels, ORGANS, 3, 1, rate, rate) for rate in (6, 12, 18, 24)])

    def forward(self, x):
        size = x.shape[-2:]
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        x = self.stages(x)
        logits = sum(head(x) for head in self.classifier)
        return F.interpolate(logits, size=size, mode="bilinear", align_corners=False)


def on_cuda(step, steps):
    """Device times of single steps, in order, after ten to warm up."""
    for _ in range(10):
        step()
    times = []
    for _ in range(steps):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        step()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)


def on_cpu(step, steps):
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return sorted(times)


def measure(options, mode):
    torch.manual_seed(3)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    device, batch, size = torch.device(options.device), options.batch, options.size
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    weights = torch.bfloat16 if options.precision == "bf16-weights" else torch.float32
    model = DeepLab(options.backbone).to(device, weights, memory_format=layout)
    heads = list(model.classifier.parameters())
    known_heads = {id(p) for p in heads}
    body = [p for p in model.parameters() if id(p) not in known_heads]
    optimiser = torch.optim.SGD([{"params": body}, {"params": heads, "lr": 1e-2}], lr=1e-3, momentum=0.9, weight_decay=5e-4,
                                fused=options.device == "cuda")
    images = torch.randn(batch, 1, size, size, device=device).to(weights, memory_format=layout)
    is_organ = torch.randint(0, 2, (batch, ORGANS, size, size), device=device).float()
    is_known = torch.randint(0, 2, (batch, ORGANS, size, size), device=device).float()
    pixels = batch * size * size

    def loss_of(x):
        with torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.precision == "bf16"):
            logits = model(x)
        loss = F.binary_cross_entropy_with_logits(logits.float(), is_organ, reduction="none")
        return (loss * is_known).sum() / pixels

    if mode == "compiled":
        loss_of = torch.compile(loss_of)
    elif mode == "reduce-overhead":
        loss_of = torch.compile(loss_of, mode="reduce-overhead")

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss_of(images).backward()
        optimiser.step()

    return (on_cuda if options.device == "cuda" else on_cpu)(step, options.steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--backbone", choices=["resnet18", "resnet50"], default="resnet18")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16", "bf16-weights"], default="fp32")
    parser.add_argument("--layout", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--modes", default="eager,compiled")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    modes = options.modes.split(",")
    if not set(modes) <= set(MODES):
        parser.error(f"--modes takes {', '.join(MODES)}")
    if options.device == "cuda" and not torch.cuda.is_available():
        print("torch finds no CUDA device: nothing was measured.", file=sys.stderr)
        return 4
    result = {
        "device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu", "torch": torch.__version__,
        "backbone": options.backbone, "batch": options.batch, "size": options.size, "organs": ORGANS, "precision": options.precision,
        "layout": options.layout, "fused_sgd": options.device == "cuda",
    }
    medians = dict.fromkeys(MODES)
    for mode in modes:
        try:
            times = measure(options, mode)
        except Exception as error:  # torch.compile needs a C compiler and Triton, which may be absent
            if mode == "eager":
                raise
            print(f"{mode}: torch.compile failed: {error}", file=sys.stderr)
            continue
        medians[mode] = statistics.median(times)
        if options.lines:
            print(json.dumps({**result, "mode": mode, "times": times, "median_ms": medians[mode]}), flush=True)
    if options.out:
        result["eager_milliseconds"], result["compiled_milliseconds"] = medians["eager"], medians["compiled"]
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
        if not options.lines:
            print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
