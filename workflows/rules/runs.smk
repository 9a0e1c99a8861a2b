"""Runs: one fresh interpreter, one record and its trace each; cheap repeats share a job.

What a record was given does not tell which job made it: one of these rules or another.
"""

CARRY_OUT = (
    "python -m workflows.runs.repeats --run {params.specification:q} --identity {params.identity:q}"
    " --image {input.image} --output {output.record} --log {log} --caller $PPID"
    " --minutes {resources.minutes} --memory-gb {resources.memory}"
)


rule run:
    input:
        image=CONTEXT.runs.images,
        data=CONTEXT.runs.data,
    output:
        record="results/runs/{run}.json",
        trace="results/runs/{run}.npz",
    log:
        "results/logs/runs/{run}.log",
    wildcard_constraints:
        run=CONTEXT.runs.on("cpu"),
    priority: CONTEXT.order.early("results/runs/{run}.json")
    resources:
        **CONTEXT.demands(trainings=CONTEXT.order.wide(CONTEXT.runs.of)),
    params:
        specification=CONTEXT.runs.plan,
        identity=CONTEXT.runs.identity,
    shell:
        CARRY_OUT


use rule run as run_on_gpu with:
    wildcard_constraints:
        run=CONTEXT.runs.on("cuda"),
    resources:
        **CONTEXT.demands(),
        # Never shared with another run: neighbours change what libraries choose.
        gpu=1,


for NUMBER, JOB in enumerate(CONTEXT.together, 1):

    rule:
        name:
            f"run_{NUMBER}_{len(JOB.runs)}"
        input:
            image=JOB.asked(CONTEXT.runs.images),
            data=JOB.asked(CONTEXT.runs.data),
        output:
            record=JOB.files("runs", ".json"),
            trace=JOB.files("runs", ".npz"),
        log:
            JOB.files("logs/runs", ".log"),
        priority: CONTEXT.order.early(*JOB.files("runs", ".json"))
        resources:
            **CONTEXT.demands(trainings=CONTEXT.order.wide(JOB.asked(CONTEXT.runs.of))),
        params:
            specification=JOB.asked(CONTEXT.runs.plan),
            identity=JOB.asked(CONTEXT.runs.identity),
        shell:
            CARRY_OUT


rule runs_without_gpu:
    """All runs on a GPU where none is: what cannot run is no job each."""
    input:
        plan="results/plan.json",
        images=images_without_gpu(CONTEXT.runs),
    output:
        CONTEXT.runs.without_gpu(),
        CONTEXT.runs.without_gpu(".npz"),
    log:
        "results/logs/runs/without-gpu.log",
    resources:
        **CONTEXT.demands(),
    shell:
        "python -m workflows.runs.absent --plan {input.plan} --minutes {resources.minutes}"
        " --memory-gb {resources.memory} 2>&1 | tee {log}"
