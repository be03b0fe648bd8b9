#!/usr/bin/env python3
"""Writes small logs beside this script as their own writers write them.

    python3 -m venv venv && venv/bin/pip install numpy tensorboard
    venv/bin/python make_logs.py

tensorboard/    simple values, tensor summaries as TensorFlow 2 writes them, and a second file that begins
                again at step 6, as after a resume
hparams/        a run, and beside it the settings of its hparams plugin, as PyTorch's add_hparams lays them
values.json     what TensorBoard's own reader has of it
wandb.csv, lightning.csv, results.tsv, metrics.jsonl, trainer_state.json    the shapes of other tools' logs
"""
import json
import os
import shutil

import numpy as np
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams_api
from tensorboard.summary.writer.event_file_writer import EventFileWriter

here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "tensorboard")
shutil.rmtree(folder, ignore_errors=True)


def scalar(tag, value):
    return summary_pb2.Summary.Value(tag=tag, simple_value=value)


def tensor(tag, value):
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=tensor_shape_pb2.TensorShapeProto())
    proto.float_val.append(value)
    plugin = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="scalars"))
    return summary_pb2.Summary.Value(tag=tag, tensor=proto, metadata=plugin)


for number, steps in enumerate([range(1, 11), range(6, 15)]):
    writer = EventFileWriter(folder, filename_suffix=f".{number}")
    for step in steps:
        values = [scalar("train/loss", 5 / step + number), tensor("eval/loss", 4 / step),
                  scalar("lr", 1e-3), scalar("grads/block.0.mlp/rms", 1e-5 * step), scalar("custom thing", step)]
        writer.add_event(event_pb2.Event(step=step, wall_time=1000.0 + step,
                                         summary=summary_pb2.Summary(value=values)))
    writer.close()
names = sorted(os.listdir(folder))
for number, name in enumerate(names):
    os.rename(os.path.join(folder, name), os.path.join(folder, f"events.out.tfevents.100000000{number}.host.{number}.0"))
accumulator = event_accumulator.EventAccumulator(folder)
accumulator.Reload()
seen = {tag: [[e.step, e.value] for e in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}
with open(os.path.join(here, "values.json"), "w") as file:
    json.dump(seen, file)

folder = os.path.join(here, "hparams")
shutil.rmtree(folder, ignore_errors=True)
settings = {"lr": 0.02, "n_embd": 64, "optimizer": "muon", "nesterov": True}
for place, values in [("", [[scalar("loss", 4 - step)] for step in range(3)]),
                      ("1000000002.5", [hparams_api.hparams_pb(settings, start_time_secs=1).value,
                                        [scalar("hparam/loss", 2)]])]:
    writer = EventFileWriter(os.path.join(folder, place), filename_suffix=".h")
    for step, value in enumerate(values):
        writer.add_event(event_pb2.Event(step=0 if place else step, wall_time=1000.0,
                                         summary=summary_pb2.Summary(value=value)))
    writer.close()
    name, = [name for name in os.listdir(os.path.join(folder, place)) if "tfevents" in name]
    os.rename(os.path.join(folder, place, name),
              os.path.join(folder, place, "events.out.tfevents.1000000002.host.0.0"))

with open(os.path.join(here, "wandb.csv"), "w") as file:
    names = ["small - train/loss", "small - train/loss__MIN", "small - train/loss__MAX", "large - train/loss"]
    file.write('"Step","' + '","'.join(names) + '"\n')
    for step in range(5):
        file.write(f'"{step}","{3 - step / 10}","0","9","{"" if step == 2 else 2 - step / 10}"\n')
with open(os.path.join(here, "lightning.csv"), "w") as file:
    file.write("epoch,lr-AdamW,step,train_loss_step,val_loss\n0,0.001,9,,\n0,,9,2.5,\n0,,9,,2.75\n1,,19,2.25,\n")
with open(os.path.join(here, "results.tsv"), "w") as file:
    file.write("commit\tval_loss\tlearning_rate\tstatus\nabc\t3.28\t0.02\tkeep\ndef\t3.27\t0.03\tdiscard\n")
with open(os.path.join(here, "metrics.jsonl"), "w") as file:
    for step in range(3):
        file.write(json.dumps({"global_step": 10 * step, "loss/out": 3.0 - step, "optim": {"lr": 1e-3},
                               "grad_norm": float("nan") if step == 2 else 1.5, "note": "NaN"}) + "\n")
state = {"best_metric": None, "global_step": 20, "log_history": [
    {"epoch": 0.1, "grad_norm": 2.0, "learning_rate": 5e-5, "loss": 3.5, "step": 10},
    {"epoch": 0.1, "eval_loss": 3.25, "eval_runtime": 1.0, "step": 10},
    {"epoch": 0.2, "grad_norm": float("inf"), "learning_rate": 4e-5, "loss": 3.0, "step": 20}]}
with open(os.path.join(here, "trainer_state.json"), "w") as file:
    json.dump(state, file, indent=1)
