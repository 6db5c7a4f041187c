#!/usr/bin/env python3
"""Times one training step of DeepLab ResNet-18 in PyTorch on a CUDA device, eager and compiled.

The same problem as `dotnet run -c Release --project bench/Smile.Bench -- gpu --peer FILE`: 8 x 128 x 128 x 1, output stride 8,
four summed 3x3 heads (rates 6, 12, 18, 24), three organs; forward, bilinear upsampling, masked BCE, backward, SGD.
Plain PyTorch; torchvision is not needed. Usage: torch_step.py --out FILE [--precision fp32|tf32|bf16] [--steps N]
"""
import argparse
import json
import statistics
import sys

import torch
from torch import nn
from torch.nn import functional as F

BATCH, SIZE, ORGANS = 8, 128, 3


class Block(nn.Module):
    """torchvision's BasicBlock with a dilation."""

    def __init__(self, inputs, outputs, stride, dilation):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(y)) + shortcut, inplace=True)


class DeepLab(nn.Module):
    """ResNet-18 at output stride 8 as Smile builds it (src/Smile.Net/Models/ResNet.cs), head aspp2."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        # Stage: inputs, outputs, stride, dilation of the first block, dilation of the second.
        stages = [(64, 64, 1, 1, 1), (64, 128, 2, 1, 1), (128, 256, 1, 1, 2), (256, 512, 1, 2, 4)]
        self.stages = nn.Sequential(*[
            block for i, o, s, first, second in stages for block in (Block(i, o, s, first), Block(o, o, 1, second))
        ])
        self.classifier = nn.ModuleList([nn.Conv2d(512, ORGANS, 3, 1, rate, rate) for rate in (6, 12, 18, 24)])

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        x = self.stages(x)
        logits = sum(head(x) for head in self.classifier)
        return F.interpolate(logits, size=(SIZE, SIZE), mode="bilinear", align_corners=False)


def milliseconds(step, steps):
    """The median of device times of single steps, after ten to warm up."""
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
    return statistics.median(times)


def measure(precision, steps, compiled):
    torch.manual_seed(3)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = True
    device = torch.device("cuda")
    model = DeepLab().to(device, memory_format=torch.channels_last)
    heads = list(model.classifier.parameters())
    known_heads = {id(p) for p in heads}
    body = [p for p in model.parameters() if id(p) not in known_heads]
    optimiser = torch.optim.SGD([{"params": body}, {"params": heads, "lr": 1e-2}], lr=1e-3, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(BATCH, 1, SIZE, SIZE, device=device).to(memory_format=torch.channels_last)
    is_organ = torch.randint(0, 2, (BATCH, ORGANS, SIZE, SIZE), device=device).float()
    is_known = torch.randint(0, 2, (BATCH, ORGANS, SIZE, SIZE), device=device).float()
    pixels = BATCH * SIZE * SIZE

    def loss_of(x):
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = model(x)
        loss = F.binary_cross_entropy_with_logits(logits.float(), is_organ, reduction="none")
        return (loss * is_known).sum() / pixels

    if compiled:
        loss_of = torch.compile(loss_of)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss_of(images).backward()
        optimiser.step()

    return milliseconds(step, steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("torch finds no CUDA device: nothing was measured.", file=sys.stderr)
        return 4
    eager, compiled = measure(options.precision, options.steps, compiled=False), None
    try:
        compiled = measure(options.precision, options.steps, compiled=True)
    except Exception as error:  # torch.compile needs a C compiler and Triton, which may be absent
        print(f"torch.compile failed: {error}", file=sys.stderr)
    result = {
        "device": torch.cuda.get_device_name(), "torch": torch.__version__, "backbone": "resnet18", "batch": BATCH, "size": SIZE,
        "organs": ORGANS, "precision": options.precision, "eager_milliseconds": eager, "compiled_milliseconds": compiled,
    }
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
