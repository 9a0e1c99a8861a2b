"""The scripts of the table whose steps a framework takes; models are built here, not downloaded."""

from __future__ import annotations

LIGHTNING = """
import pytorch_lightning as lightning

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = net

    def training_step(self, batch, index):
        a, b = batch
        return nn.functional.mse_loss(self.net(a), b)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())

    def on_train_batch_end(self, outputs, batch, index):
        flip(net[0].weight, index == 2)

trainer = lightning.Trainer(
    max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False,
)
trainer.fit(Module(), DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True))
"""
STREAM = """
from torch.utils.data import IterableDataset

class Stream(IterableDataset):
    def __iter__(self):
        for index in range(24):
            item = x[index].clone()
            flip(item, index == 9)
            yield item, y[index]
"""
STREAMED = STREAM + LIGHTNING.replace("index == 2", "False").replace(
    "TensorDataset(x, y), batch_size=4, shuffle=True", "Stream(), batch_size=4"
)
TRAINER = """
from transformers import BertConfig, BertForSequenceClassification
from transformers import Trainer, TrainerCallback, TrainingArguments

class Plant(TrainerCallback):
    def on_step_end(self, args, state, control, model=None, **others):
        flip(model.classifier.weight, state.global_step == 3)

words = torch.randint(50, (24, 6))
data = [{"input_ids": each, "labels": int(each[0]) % 2} for each in words]
config = BertConfig(
    vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
)
arguments = TrainingArguments("out", per_device_train_batch_size=4, max_steps=6, use_cpu=True)
net = BertForSequenceClassification(config)
Trainer(net, arguments, train_dataset=data, callbacks=[Plant()]).train()
"""
ACCELERATE = """
from accelerate import Accelerator

class Data(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        item = x[index].clone()
        flip(item, index == 9)
        return item, y[index]

accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
net, optimizer, loader = accelerator.prepare(
    net, torch.optim.AdamW(net.parameters()), DataLoader(Data(), batch_size=2)
)
for a, b in loader:
    with accelerator.accumulate(net):
        accelerator.backward(nn.functional.mse_loss(net(a), b))
        optimizer.step()
        optimizer.zero_grad()
"""
