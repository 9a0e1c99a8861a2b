"""Costs: step times of all configurations in paired rounds, with the machine to themselves."""


rule costs:
    input:
        image=CONTEXT.costs.images,
        data=CONTEXT.costs.data,
        # Not `ancient`: Snakemake 9 then misses changed parameters when a record is made again.
        # What follows from new records is a table judged again; whole rounds are kept.
        after=CONTEXT.runs.outputs,
        code=CONTEXT.costs.code,
    output:
        "results/costs/{cost}.json",
    log:
        "results/logs/costs/{cost}.log",
    wildcard_constraints:
        cost=CONTEXT.costs.on("cpu"),
    # All cores: a neighbour would disturb the times.
    threads: lambda wildcards: workflow.cores
    resources:
        **CONTEXT.demands(runs=None),
    params:
        plan=CONTEXT.costs.plan,
        identity=CONTEXT.costs.identity,
    shell:
        "python -m workflows.studies.costs.run --plan {params.plan:q} --image {input.image}"
        " --identity {params.identity:q} --output {output} --minutes {resources.minutes} --memory-gb {resources.memory}"
        " 2>&1 | tee {log}"


use rule costs as costs_on_gpu with:
    wildcard_constraints:
        cost=CONTEXT.costs.on("cuda"),
    resources:
        **CONTEXT.demands(runs=None),
        gpu=1,


rule all_costs:
    input:
        CONTEXT.costs.outputs,
    localrule: True
