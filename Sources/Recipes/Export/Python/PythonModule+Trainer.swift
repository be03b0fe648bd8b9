import Modules
import Tensors
import Training

extension PythonModule {
    /// For a Trainer of Hugging Face.
    var trainer: String {
        let c = plan.configuration
        return [
            common(
                "Trainer and its arguments",
                """
                    model = LlamaForCausalLM(config)
                    apply_changes(model)
                    initialize(model)
                    trainer = trainer_class()(
                        model=model, args=training_arguments("out"), train_dataset=data)
                    trainer.train()
                """),
            torchStart, torchChanges, torchLoss, torchOptimizer,
            """
            def training_arguments(output_dir, devices=1, accumulation=1, **more):
                \"\"\"The arguments; BATCH_SEQUENCES is over all devices and accumulated batches.\"\"\"
                from transformers import TrainingArguments

                each, rest = divmod(BATCH_SEQUENCES, devices * accumulation)
                if rest:
                    raise ValueError(f"{BATCH_SEQUENCES} sequences do not divide; set accumulation")
                settings = {
                    "max_steps": STEPS,
                    "learning_rate": PEAK_LEARNING_RATE,
                    "adam_beta1": BETAS[0],
                    "adam_beta2": BETAS[1],
                    "max_grad_norm": CLIP,
                    "per_device_train_batch_size": each,
                    "gradient_accumulation_steps": accumulation,
                    "bf16": \(c.model.elementType == .bf16 ? "True" : "False"),
                }
                return TrainingArguments(output_dir=output_dir, **{**settings, **more})


            def trainer_class():
                \"\"\"A Trainer whose optimizer, schedule and loss are those above.\"\"\"
                from transformers import Trainer

                class PrescribedTrainer(Trainer):
                    def create_optimizer(self, *_):
                        if self.optimizer is None:
                            self.optimizer = build_optimizer(self.model)
                        return self.optimizer

                    def create_scheduler(self, num_training_steps, optimizer=None):
                        if self.lr_scheduler is None:
                            self.lr_scheduler = build_scheduler(
                                optimizer or self.optimizer, num_training_steps)
                        return self.lr_scheduler

                    def compute_loss(self, model, inputs, return_outputs=False, **_):
                        labels = inputs["labels"]
                        outputs = model(**{k: v for k, v in inputs.items() if k != "labels"})
                        value = loss(outputs.logits[:, :-1], labels[:, 1:])
                        return (value, outputs) if return_outputs else value

                return PrescribedTrainer
            """,
        ].joined(separator: "\n\n\n") + "\n"
    }
}
