"""First differences, closely: one job per pair of runs; both run again where they differ."""


rule difference:
    input:
        left=CONTEXT.pairs.left,
        right=CONTEXT.pairs.right,
        image_left=CONTEXT.image(CONTEXT.pairs.a),
        image_right=CONTEXT.image(CONTEXT.pairs.b),
        data=CONTEXT.data(CONTEXT.pairs.a),
        code=LOOKERS,
    output:
        "results/differences/{pair}.json",
    log:
        "results/logs/differences/{pair}.log",
    wildcard_constraints:
        pair=CONTEXT.pairs.on("cpu"),
    resources:
        **CONTEXT.demands(runs=2),
    shell:
        "python -m workflows.studies.differences.run {input.left} {input.right} --rerun"
        " --image-a {input.image_left} --image-b {input.image_right}"
        " --folder results/reruns/{wildcards.pair} --output {output}"
        " --minutes {resources.minutes} --memory-gb {resources.memory} > {log} 2>&1"


use rule difference as difference_on_gpu with:
    wildcard_constraints:
        pair=CONTEXT.pairs.on("cuda"),
    resources:
        **CONTEXT.demands(runs=2),
        gpu=1,


rule differences:
    input:
        CONTEXT.pairs.outputs,
    localrule: True
