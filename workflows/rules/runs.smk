"""Runs: one job, one fresh interpreter, one record and its trace."""


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
    resources:
        **CONTEXT.demands(),
    params:
        specification=CONTEXT.runs.plan,
        identity=CONTEXT.runs.identity,
    shell:
        "python -m workflows.runs.launch --run {params.specification:q} --identity {params.identity:q}"
        " --image {input.image}"
        " --output {output.record} --log {log}"
        " --minutes {resources.minutes} --memory-gb {resources.memory}"


use rule run as run_on_gpu with:
    wildcard_constraints:
        run=CONTEXT.runs.on("cuda"),
    resources:
        **CONTEXT.demands(),
        # Never shared with another run: neighbours change what libraries choose.
        gpu=1,


rule runs_without_gpu:
    """All runs on a GPU where none is: what cannot run is no job each."""
    input:
        plan="results/plan.json",
        images=CONTEXT.images_without_gpu,
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
