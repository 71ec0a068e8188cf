#!/usr/bin/env python3
"""Training steps of a GPT in PyTorch, to be compared with 'javelin bench step' on the same machine in the same run.

usage: pytorch_step.py LAYERS WIDTH HEADS VOCAB BLOCK BATCH MODE SECONDS

MODE is 'eager' or 'compile'. The model, the loss, the clipping and AdamW are those of 'javelin bench step' with
--precision bf16-mixed and a tied head: fp32 weights, autocast to bfloat16, fused attention, fused AdamW. Prints one line
of JSON: tokens per second (the median step after a warm-up), peak bytes, and what it ran on. Ends with exit code 3 and
the reason where PyTorch or a GPU is missing.
"""
import json
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as missing:
    print(json.dumps({"absent": f"PyTorch: {missing}"}))
    sys.exit(3)

LAYERS, WIDTH, HEADS, VOCAB, BLOCK, BATCH = (int(a) for a in sys.argv[1:7])
MODE, SECONDS = sys.argv[7], float(sys.argv[8])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (part.view(b, t, HEADS, c // HEADS).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, c)
        x = x + self.out(y)
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, WIDTH), nn.Embedding(BLOCK, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.float().view(-1, VOCAB), targets.reshape(-1))


def main():
    if not torch.cuda.is_available():
        print(json.dumps({"absent": "no GPU that PyTorch can use"}))
        sys.exit(3)
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(0)
    model = Gpt().cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    forward = torch.compile(model) if MODE == "compile" else model
    ids = torch.randint(0, VOCAB, (BATCH, BLOCK + 1), device="cuda")

    def step():
        with torch.autocast("cuda", torch.bfloat16):
            loss = forward(ids[:, :-1], ids[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()  # 'bench step' reads the loss of every step too

    for _ in range(5):
        step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    times, begun = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begun < SECONDS:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({
        "mode": MODE,
        "tokensPerSecond": BATCH * BLOCK / statistics.median(times),
        "peakBytes": torch.cuda.max_memory_allocated(),
        "steps": len(times),
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
    }))


main()
