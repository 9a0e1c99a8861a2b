"""What leaves the machine, what comes back to it, and what has changed since the last time."""


rule publication:
    input:
        "results/matrix.json",
        "results/matrix.csv",
        "results/matrix.md",
        "results/report.html",
        "results/experiment.json",
        "results/plan.json",
        CONTEXT.pictures,
        records=CONTEXT.runs.outputs,
        images=CONTEXT.images,
        code=CODE["publication"],
    output:
        "results/publication.zip",
    log:
        "results/logs/publication.log",
    localrule: True
    params:
        options=CONTEXT.options.publishing(),
    shell:
        "python -m workflows.publication.publish {params.options} 2>&1 | tee {log}"


rule publish:
    input:
        "results/publication.zip",
    localrule: True


rule verify:
    """Check a publication and run its cells again here: --config report=FILE."""
    log:
        "results/logs/verification.log",
    localrule: True
    threads: lambda wildcards: workflow.cores
    params:
        options=CONTEXT.verifying,
    shell:
        "python -m workflows.publication.verify {params.options} --cores {threads} 2>&1 | tee {log}"


rule campaign:
    """Add what was found to the history, unless it is there."""
    input:
        "results/matrix.json",
        records=CONTEXT.runs.outputs,
    output:
        "results/campaign.json",
    log:
        "results/logs/campaign.log",
    localrule: True
    shell:
        "python -m workflows.history.campaign --output {output} 2>&1 | tee {log}"


rule history:
    """Print what changed since the last campaign; draw the timeline in results/history.html."""
    input:
        "results/campaign.json",
    log:
        "results/logs/history.log",
    localrule: True
    shell:
        "python -m workflows.history.timeline 2>&1 | tee {log}"
