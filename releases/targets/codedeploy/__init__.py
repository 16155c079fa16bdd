"""ECS on Fargate, blue/green through CodeDeploy."""
