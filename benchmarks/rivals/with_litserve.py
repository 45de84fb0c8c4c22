"""LitServe, as its documentation shows it."""

import sys

import common
import litserve


class Doodle(litserve.LitAPI):
    def setup(self, device):
        self.session = common.session()

    def decode_request(self, request):
        return common.bitmap_of(request)

    def predict(self, bitmap):
        return self.session.run(None, {"bitmap": bitmap})[0][0]

    def encode_response(self, probabilities):
        return {"label": int(probabilities.argmax()), "probability": float(probabilities.max())}


if __name__ == "__main__":
    litserve.LitServer(Doodle(api_path="/classify"), accelerator="cpu").run(
        port=int(sys.argv[1]), generate_client_file=False, log_level="error"
    )
