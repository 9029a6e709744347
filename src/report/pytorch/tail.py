def load(name, directory="."):
    """The trained network "baseline" or "capped", in eval mode; `directory` holds its weights."""
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}: use one of {', '.join(NETWORKS)}")
    network = Network(**NETWORKS[name])
    network.load_state_dict(load_file(Path(directory) / f"{name}.safetensors"))
    return network.eval()


def preprocess(images):
    """A network's input (float32 N,C,H,W) from 8-bit images (uint8 N,C,H,W), a tensor or an array."""
    images = torch.as_tensor(images)
    if images.dtype != torch.uint8 or images.shape[1:] != SHAPE:
        raise ValueError(
            f"images must be uint8 of shape (N, {', '.join(map(str, SHAPE))}), "
            f"not {images.dtype} of shape {tuple(images.shape)}"
        )
    mean, sd = (
        torch.tensor(values, device=images.device).view(1, -1, 1, 1) for values in (MEAN, SD)
    )
    return (images.float() - mean) / sd
