"Entries for torch.hub: `torch.hub.load('tetra-vpr/tetra_vpr', 'TeTRA', aggregation_arch='boq', pretrained=True)`."
dependencies = ["torch", "torchvision", "numpy", "PIL", "safetensors", "scipy"]


def TeTRA(aggregation_arch: str = "boq", pretrained=True, **kw):
    "The paper's model, ViT-B at 322 pixels. pretrained: True (released weights), False (random), a file or a URL. forward(images, binary_desc=True); `transform` preprocesses."
    from tetra_vpr.deploy.pretrained import hub_model
    return hub_model(aggregation_arch, pretrained, **kw)


def tetra_small(aggregation_arch: str = "boq", pretrained=False, **kw):
    "The same with the small backbone, of which no weights are released. pretrained: False, a file or a URL."
    from tetra_vpr.deploy.pretrained import hub_model
    return hub_model(aggregation_arch, pretrained, "ternaryvitsmall", **kw)


def toy(pretrained=True, aggregation_arch: str = "boq"):
    "The toy city's student at 98 pixels; forward(images, binary_desc=True). pretrained: True, False, a file or a URL."
    from tetra_vpr.model.tetra import create_model
    from tetra_vpr.deploy.pretrained import load_pretrained
    model = create_model("ternaryvittiny", aggregation_arch, 98).eval() if pretrained is False else load_pretrained("toy" if pretrained is True else pretrained)
    model.binary_desc = True
    return model
