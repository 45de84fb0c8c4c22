"""BentoML, as its documentation shows it: `bentoml serve with_bentoml:Doodle`."""

import bentoml
import common


@bentoml.service(workers=1)
class Doodle:
    def __init__(self) -> None:
        self.session = common.session()

    @bentoml.api(route="/classify")
    def classify(self, image: str = "", drawing: list = []) -> dict:  # noqa: B006
        probabilities = self.session.run(None, {"bitmap": common.bitmap_of({"image": image, "drawing": drawing})})[0][0]
        return {"label": int(probabilities.argmax()), "probability": float(probabilities.max())}
