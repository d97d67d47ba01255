#!/usr/bin/env python3
"""Records what the Python original's REST service answers, by FastAPI itself: its three routes with the documented types, and
nothing behind them. Needs fastapi==0.123.8 and httpx from PyPI; writes tests/data/original_service.json."""
import json
import sys
from typing import Optional

from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from pydantic import BaseModel


class Start(BaseModel):
    video_uri: Optional[str] = "rtsp://default/live"
    kafka_topic: Optional[str] = "image-quality-data"
    smoothing_window: Optional[int] = 150


def service():
    app, state = FastAPI(), {"processor": None}

    @app.post("/start")
    def start(body: Optional[Start] = None):
        if state["processor"]:
            raise HTTPException(400, "Processor is already running.")
        body = body or Start()
        state["processor"] = body.model_dump()
        return {"status": "RTSP to Kafka processing started.", "config": state["processor"]}

    @app.post("/stop")
    def stop():
        if not state["processor"]:
            raise HTTPException(400, "No processor instance found.")
        state["processor"] = None
        return {"status": "RTSP to Kafka processing stopped."}

    @app.get("/status")
    def status():
        return {"status": "running" if state["processor"] else "stopped", "processor": state["processor"]}

    return TestClient(app)


JSON = {"content-type": "application/json"}
START = [
    ("", {}), ("", JSON), ("{}", JSON), ("null", JSON), ('{"video_uri": "rtsp://a/b"}', {}),
    ('{"video_uri": "rtsp://a/b", "smoothing_window": 20, "kafka_topic": "t", "more": [1]}', JSON),
    ('{"smoothing_window": "150"}', JSON), ('{"smoothing_window": 150.0}', JSON), ('{"smoothing_window": true}', JSON),
    ('{"smoothing_window": " 7 "}', JSON), ('{"smoothing_window": "1_0"}', JSON), ('{"smoothing_window": "+5"}', JSON),
    ('{"smoothing_window": 150.5}', JSON), ('{"smoothing_window": "many"}', JSON), ('{"smoothing_window": "1.5"}', JSON),
    ('{"smoothing_window": "2.0"}', JSON), ('{"smoothing_window": []}', JSON), ('{"smoothing_window": {"a": 1}}', JSON),
    ('{"video_uri": 5}', JSON), ('{"video_uri": 5, "kafka_topic": false, "smoothing_window": "x"}', JSON),
    ("[]", JSON), ('"text"', JSON), ("5", JSON), ("{", JSON), ("nonsense", JSON), ('{"a": }', JSON), ('{"a": 1,}', JSON),
    ('{"a" 1}', JSON), ('{"a": 1 "b": 2}', JSON), ('{"a": 1} x', JSON), ('["a", ]', JSON), ('{"a": "b', JSON),
    ('{"smoothing_window": 20}', {"content-type": "text/plain"}), ('{"smoothing_window": 20}', {"content-type": "application/vnd.x+json"}),
]


def recorded(answer):
    return {"status": answer.status_code, "answer": answer.json()}


def main(path):
    exchanges = []
    for body, headers in START:
        answer = service().post("/start", content=body, headers=headers)
        exchanges.append({"method": "POST", "path": "/start", "body": body, "headers": headers, **recorded(answer)})
    running = service()
    story = []
    for method, target in [("GET", "/status"), ("POST", "/stop"), ("POST", "/start"), ("POST", "/start"), ("GET", "/status"),
                           ("POST", "/stop"), ("POST", "/stop"), ("GET", "/status"), ("GET", "/start"), ("POST", "/status"),
                           ("GET", "/nothing")]:
        story.append({"method": method, "path": target, **recorded(running.request(method, target))})
    with open(path, "w") as file:
        json.dump({"single": exchanges, "story": story}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
