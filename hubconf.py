"Entries for torch.hub: `torch.hub.load('tetra-vpr/tetra_vpr', 'toy')`."
dependencies = ["torch", "torchvision", "numpy", "PIL", "safetensors"]


def toy(pretrained: bool = True):
    "The toy city's student: 98×98 pixels, ternary backbone; forward(images, binary_desc=False)."
    from tetra_vpr.model import create_model, load_pretrained
    return load_pretrained("toy") if pretrained else create_model("ternaryvittiny", "boq", 98)
