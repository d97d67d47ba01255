"""FLIQE's network at any width, with a second head that names the cause. Names in state dicts are those of the released files;
the second head is `cause_classifier`."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Bottleneck(nn.Module):
    """ResNet v1.5: the stride is on the 3x3."""

    def __init__(self, inputs, planes, stride):
        super().__init__()
        outputs = planes * 4
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)), True)
        x = F.relu(self.bn2(self.conv2(x)), True)
        return F.relu(self.bn3(self.conv3(x)) + shortcut, True)


class ResNet(nn.Module):
    def __init__(self, width, depths=(3, 4, 6, 3)):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        inputs = width
        for stage, depth in enumerate(depths):
            planes = width << stage
            blocks = []
            for block in range(depth):
                blocks.append(Bottleneck(inputs, planes, 2 if stage and not block else 1))
                inputs = planes * 4
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.features = inputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stem(self, x):
        return F.max_pool2d(F.relu(self.bn1(self.conv1(x)), True), 3, 2, 1)

    def forward(self, x):
        x = self.stem(x)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return x.mean((2, 3))


class Encoder(nn.Module):
    def __init__(self, width, embedding=128):
        super().__init__()
        self.encoder = ResNet(width)
        layers, size = [], self.encoder.features
        while size > embedding:
            half = max(size // 2, embedding)
            layers.append(nn.Linear(size, half))
            if half > embedding:
                layers += [nn.BatchNorm1d(half), nn.ReLU(True)]
            size = half
        self.projection_head = nn.Sequential(*layers)

    def forward(self, x):
        features = self.encoder(x).float()
        with torch.autocast(x.device.type, enabled=False):
            return F.normalize(self.projection_head(features), dim=1)


def head(outputs, inputs=128, hidden=(128, 64)):
    layers = []
    for size in hidden:
        layers += [nn.Linear(inputs, size), nn.ReLU(True), nn.BatchNorm1d(size)]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class Network(nn.Module):
    """Embedding, logit of being distorted, logits of the causes."""

    def __init__(self, width=16, causes=10):
        super().__init__()
        self.iqa_encoder = Encoder(width)
        self.classifier = head(1)
        self.cause_classifier = head(causes)

    def forward(self, x):
        embedding = self.iqa_encoder(x)
        with torch.autocast(x.device.type, enabled=False):
            return embedding, self.classifier(embedding)[:, 0], self.cause_classifier(embedding)


def as_input(pixels):
    """uint8[N, 224, 224, 3] RGB to float[N, 3, 224, 224]."""
    return (pixels.permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=torch.channels_last)
