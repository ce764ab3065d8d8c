"""Entries for torch.hub: `torch.hub.load("tetra-vpr/tetra_vpr", "TeTRA", aggregation_arch="boq", pretrained=True)`.

Each gives a model whose forward(images) answers with packed bits, (B, 1536) uint8 of BoQ, and with floats,
(B, 12288), where binary_desc=False is given; `model.transform` preprocesses an image.
`pretrained` is True (released weights), False (random weights), a file or a URL."""
dependencies = ["torch", "torchvision", "numpy", "PIL", "safetensors", "scipy", "filelock", "tqdm"]


def TeTRA(aggregation_arch: str = "boq", pretrained=True, **kw):
    "The paper's model, ViT-B at 322 pixels."
    from tetra_vpr.deploy.pretrained import hub_model
    return hub_model(aggregation_arch, pretrained, **kw)


def tetra_small(aggregation_arch: str = "boq", pretrained=False, **kw):
    "The same with the small backbone, of which no weights are released: pretrained is False, a file or a URL."
    from tetra_vpr.deploy.pretrained import hub_model
    return hub_model(aggregation_arch, pretrained, "ternaryvitsmall", **kw)


def _small(name, pretrained, *arguments):
    from tetra_vpr.model.tetra import create_model
    from tetra_vpr.deploy.pretrained import load_pretrained
    if pretrained is False:
        model = create_model(*arguments).eval()
    else:
        model = load_pretrained(name if pretrained is True else pretrained)
    model.binary_desc = True
    return model


def street(pretrained=True):
    "The model for photographs, at 224 pixels; 2,048 bits."
    return _small("street", pretrained, "ternaryvitdino", "gem", 224)


def toy(pretrained=True, aggregation_arch: str = "boq"):
    "The toy city's student at 98 pixels."
    return _small("toy", pretrained, "ternaryvittiny", aggregation_arch, 98)
