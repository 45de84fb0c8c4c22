"""Flask and PyTorch, with the same layers as the MLP's; what their weights are makes no difference to the speed."""

import sys

import common
import flask
import torch
from torch import nn

torch.set_num_threads(1)
app = flask.Flask(__name__)
network = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 100), nn.ReLU(), nn.Linear(100, 10)).eval()


@app.post("/classify")
def classify():
    bitmap = torch.from_numpy(common.bitmap_of(flask.request.get_json())).float().reshape(1, 784) / 255
    with torch.inference_mode():
        probabilities = network(bitmap).softmax(1)[0]
    return {"label": int(probabilities.argmax()), "probability": float(probabilities.max())}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
